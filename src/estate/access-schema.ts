import * as v from 'valibot';
import { count, duration, host, hostAndPort, name, port, secretReference, zone } from './values.ts';

/** Where the ledger is kept, what vouches for it outside, and who must agree to what (design §5, §6). */

const s3Anchor = v.strictObject({
  endpoint: v.pipe(v.string(), v.url('a URL, such as `https://s3.eu-west-1.amazonaws.com`')),
  bucket: v.string(),
  prefix: v.optional(v.string(), ''),
  region: v.optional(v.string(), 'us-east-1'),
  accessKey: secretReference,
  secretKey: secretReference,
  retain: v.pipe(v.optional(duration, '400d'), v.description('How long object lock holds each checkpoint')),
  ca: v.optional(v.string()),
});

const anchor = v.union([
  v.strictObject({ s3: s3Anchor }),
  v.strictObject({
    git: v.strictObject({
      repository: v.pipe(v.string(), v.description('A folder or a remote, as `git push` takes it')),
      ref: v.optional(
        v.pipe(v.string(), v.regex(/^refs\/[\w./-]+$/, 'a full ref, such as `refs/till/checkpoints`')),
        'refs/till/checkpoints',
      ),
    }),
  }),
  v.strictObject({
    syslog: v.strictObject({
      address: hostAndPort,
      protocol: v.optional(v.picklist(['tcp', 'udp', 'tls']), 'tls'),
      ca: v.optional(v.string()),
    }),
  }),
  v.strictObject({
    mount: v.strictObject({ path: v.pipe(v.string(), v.description('A folder on another file system')) }),
  }),
]);

/** The ledger's own server: never one that till restores or switches over. */
const ledgerServer = v.strictObject({
  host: v.optional(host, '127.0.0.1'),
  port: v.optional(port, 5432),
  database: v.optional(v.string(), 'till_ledger'),
  user: v.pipe(v.optional(v.string()), v.description('The login of whoever runs till; their own name when left out')),
  password: v.optional(secretReference),
  tls: v.optional(v.picklist(['disable', 'require', 'verify-ca', 'verify-full']), 'verify-full'),
  ca: v.optional(v.string()),
});

export const ledgerSchema = v.strictObject({
  postgres: v.pipe(
    v.optional(ledgerServer),
    v.description('For a team; a file of this user on this host when left out'),
  ),
  anchors: v.optional(v.record(name, anchor), {}),
  retention: v.pipe(
    v.optional(v.pipe(count, v.minValue(13, 'thirteen months or more: auditors ask for twelve, whole')), 13),
    v.description('Months that entries are kept before `till audit prune` may take them out'),
  ),
  checkpoints: v.optional(
    v.strictObject({
      every: v.optional(duration, '1m'),
      heartbeat: v.optional(duration, '1h'),
      allowedTail: v.pipe(
        v.optional(duration, '15m'),
        v.description('An older tail without a checkpoint is `stale-tail`'),
      ),
      key: v.pipe(
        v.optional(secretReference),
        v.description('The private key that signs, for an agent; else those that `till ledger key new` made here'),
      ),
    }),
    {},
  ),
});

const names = v.optional(v.array(v.string()), []);

export const accessSchema = v.strictObject({
  rules: v.array(
    v.strictObject({
      name,
      actions: v.pipe(v.array(v.string()), v.minLength(1, 'at least one action or glob')),
      environments: names,
      tiers: names,
      tenants: names,
      times: v.optional(
        v.strictObject({
          days: v.optional(v.array(v.picklist(['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'])), [
            'mon',
            'tue',
            'wed',
            'thu',
            'fri',
            'sat',
            'sun',
          ]),
          from: v.pipe(v.string(), v.regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'a time of day, such as `08:00`')),
          until: v.pipe(v.string(), v.regex(/^(([01]\d|2[0-3]):[0-5]\d|24:00)$/, 'a time of day, such as `18:00`')),
          timezone: v.optional(zone, 'UTC'),
        }),
      ),
      approvals: v.pipe(
        v.optional(v.array(v.strictObject({ group: v.string(), count: v.optional(count, 1) })), []),
        v.description('Distinct people of each group; none: approved at once'),
      ),
      for: v.pipe(duration, v.description('The longest that a grant may last')),
    }),
  ),
  breakGlass: v.optional(
    v.strictObject({
      groups: v.array(v.string()),
      for: v.optional(duration, '15m'),
      reviewers: v.optional(v.string()),
      notify: v.pipe(
        v.optional(
          v.strictObject({
            webhooks: v.optional(v.array(v.strictObject({ url: secretReference })), []),
            syslog: v.optional(hostAndPort),
          }),
          {},
        ),
        v.description('Who hears of it at once; not to be reached is recorded and told, and stops nothing'),
      ),
    }),
  ),
  approvers: v.pipe(
    v.strictObject({ group: v.string(), count: v.optional(v.pipe(count, v.minValue(2, 'two or more')), 2) }),
    v.description('Who may change this policy'),
  ),
  lapse: v.optional(duration, '24h'),
});

const oneOrMore = v.pipe(
  v.optional(v.union([v.string(), v.array(v.string())], 'a name or a list of names'), []),
  v.transform((given) => (typeof given === 'string' ? [given] : given)),
);

/** Someone, by every name that the systems know them by: two accounts of one person are one person. */
export const person = v.strictObject({
  name: v.string(),
  kind: v.optional(v.picklist(['human', 'service']), 'human'),
  os: oneOrMore,
  postgres: oneOrMore,
  kubernetes: oneOrMore,
  key: v.pipe(v.optional(v.string()), v.description('A public key (`till access key`): credentials are sealed to it')),
  groups: v.optional(v.array(v.string()), []),
});
