import { type AgeIdentities, recipientsOf, whatIsWrongWith } from '#backups/age-keys.ts';
import { publicKeyOf, signingKey } from '#backups/signature.ts';
import { type Finding, flaw, ok } from '#health/finding.ts';
import { type Looked, wordsOf } from './looked.ts';

const subject = 'backups';

/** Whether what is sealed can be opened from here, and whether what is signed can be told from what is not. */
export async function examineKeys(world: Looked): Promise<readonly Finding[]> {
  const wrong = world.backups.recipients.flatMap((recipient) => {
    const words = whatIsWrongWith(recipient);
    return words === null
      ? []
      : [flaw(subject, 'recipients', 'missing', `${recipient} ${words}`, { next: 'age-keygen -y prints it' })];
  });
  return [...wrong, await identity(world), await signing(world)];
}

async function identity({ backups, secret }: Looked): Promise<Finding> {
  if (backups.identity === undefined) {
    return flaw(
      subject,
      'identity',
      'weak',
      'none here: backups can be made, and none can be read back or restored from here',
    );
  }
  let opened: AgeIdentities;
  try {
    opened = recipientsOf(await secret(backups.identity));
  } catch (error) {
    return flaw(subject, 'identity', 'missing', wordsOf(error));
  }
  const { recipients, unreadable } = opened;
  if (recipients.length === 0) {
    const words = unreadable > 0 ? 'a letter of it is wrong' : 'it has no line AGE-SECRET-KEY-1…';
    return flaw(subject, 'identity', 'missing', `\`backups.identity\` holds no age identity: ${words}`);
  }
  if (recipients.some((recipient) => backups.recipients.includes(recipient))) {
    const others = backups.recipients.filter((recipient) => !recipients.includes(recipient)).length;
    return ok(subject, 'identity', `opens what is sealed${others === 0 ? '' : `, as ${others} more can elsewhere`}`);
  }
  return flaw(
    subject,
    'identity',
    'missing',
    'opens nothing that is sealed from now on: none of `backups.recipients` is its own',
    {
      next: `add ${recipients[0]} to backups.recipients, or name the identity of one that is there`,
    },
  );
}

async function signing({ backups, secret }: Looked): Promise<Finding> {
  if (backups.signing === undefined) {
    return backups.signers.length > 0
      ? ok(subject, 'signature', `manifests are held against ${backups.signers.length} keys; none is signed here`)
      : flaw(
          subject,
          'signature',
          'weak',
          'manifests are not signed: whoever may write to the store can make a backup up',
          {
            next: 'openssl genpkey -algorithm ed25519 makes a key; name it under backups.signing',
          },
        );
  }
  try {
    return ok(
      subject,
      'signature',
      `manifests are signed with ${publicKeyOf(signingKey(await secret(backups.signing))).slice(-9)}`,
    );
  } catch (error) {
    return flaw(subject, 'signature', 'missing', wordsOf(error));
  }
}
