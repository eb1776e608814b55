import type { Access } from './kubeconfig.ts';

/** The proxy on the way to the API server, as kubectl finds it: the kubeconfig's, else the environment's; null for none. */
export function proxyFor({ proxyUrl, server }: Pick<Access, 'proxyUrl' | 'server'>, env: NodeJS.ProcessEnv) {
  if (proxyUrl !== null) {
    return proxyUrl;
  }
  const { hostname, port, protocol } = new URL(server);
  const name = protocol === 'https:' ? 'https_proxy' : 'http_proxy';
  const proxy = env[name.toUpperCase()] || env[name] || '';
  const exceptions = (env['NO_PROXY'] || env['no_proxy'] || '').split(/[\s,]+/).filter((it) => it !== '');
  // Go never sends what is for this machine to a proxy.
  const isHere = hostname === 'localhost' || hostname === '[::1]' || hostname.startsWith('127.');
  if (proxy === '' || isHere || exceptions.some((it) => isException(it, hostname, port || '443'))) {
    return null;
  }
  return proxy.includes('://') ? proxy : `http://${proxy}`;
}

/** `*`, a host, a domain with all below it, either with a port, or an IPv4 range. */
function isException(exception: string, hostname: string, port: string): boolean {
  if (exception === '*') {
    return true;
  }
  if (exception.includes('/')) {
    return isInRange(hostname, exception);
  }
  const [, host = '', exceptPort] = /^\*?\.?(.*?)(?::(\d+))?$/.exec(exception.toLowerCase()) ?? [];
  return (exceptPort ?? port) === port && (hostname === host || hostname.endsWith(`.${host}`));
}

function isInRange(hostname: string, range: string): boolean {
  const [base = '', bits = ''] = range.split('/');
  const [address, network] = [bytesOf(hostname), bytesOf(base)];
  if (address === null || network === null) {
    return false;
  }
  const shift = 2 ** (32 - Number(bits));
  return Math.floor(address / shift) === Math.floor(network / shift);
}

function bytesOf(address: string): number | null {
  const parts = address.split('.').map(Number);
  const isAddress = parts.length === 4 && parts.every((part) => Number.isInteger(part) && part >= 0 && part < 256);
  return isAddress ? parts.reduce((sum, part) => sum * 256 + part, 0) : null;
}
