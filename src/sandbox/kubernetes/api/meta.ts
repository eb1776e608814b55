import { sendJson, sendPieces, sendText } from './answer.ts';
import type { Api, Call } from './api.ts';
import { aggregated, apiVersions, groupList, groupOf, resourceList } from './discovery.ts';
import { openApi } from './open-api.ts';
import { openApiV2, openApiV2Type } from './open-api-v2.ts';
import { discoveryVersionOf } from './representation.ts';

/**
 * The version whose columns, messages and defaults were read; the suffix says what it is, as distributions do. Clients look at
 * major and minor alone.
 */
const version = {
  major: '1',
  minor: '36',
  gitVersion: 'v1.36.2+till-sandbox',
  gitCommit: '',
  gitTreeState: 'clean',
  buildDate: '2026-08-21T00:00:00Z',
  goVersion: '',
  compiler: '',
  platform: `linux/${process.arch === 'x64' ? 'amd64' : process.arch}`,
};

/** Paths that are not of a resource: discovery, versions, health. */
export async function serveMeta(api: Api, call: Call): Promise<void> {
  const { response, path } = call;
  const parts = path.split('/').filter((part) => part !== '');
  const known = answerOf(api, parts);
  if (parts.length === 1 && (parts[0] === 'api' || parts[0] === 'apis')) {
    const asked = discoveryVersionOf(call.request.headers.accept);
    if (asked !== undefined) {
      const body = aggregated(api.store.kinds.all, parts[0], asked);
      const type = `application/json;g=apidiscovery.k8s.io;v=${asked};as=APIGroupDiscoveryList`;
      await sendJson(response, 200, body, type);
      return;
    }
  }
  if (path === '/openapi/v2' && call.request.headers.accept?.includes('protobuf') === true) {
    await sendPieces(response, 200, [openApiV2(api.store.kinds.all)], { acceptEncoding: undefined }, openApiV2Type);
    return;
  }
  if (known === undefined) {
    sendText(response, 404, '404 page not found\n');
  } else if (typeof known === 'string') {
    sendText(response, 200, known);
  } else {
    await sendJson(response, 200, known);
  }
}

function answerOf(api: Api, [root, ...rest]: readonly string[]): object | string | undefined {
  const kinds = api.store.kinds.all;
  switch (root) {
    case 'healthz':
    case 'livez':
    case 'readyz':
      return 'ok';
    case 'version':
      return version;
    case 'api':
      return rest[0] === undefined ? apiVersions(api.address()) : resourceList(kinds, '', rest[0]);
    case 'apis': {
      const [group, groupVersion] = rest;
      if (group === undefined) {
        return groupList(kinds);
      }
      return groupVersion === undefined ? groupOf(kinds, group) : resourceList(kinds, group, groupVersion);
    }
    case 'openapi':
      return openApi(kinds, rest);
    default:
      return undefined;
  }
}
