// A worker of `till backup` that kills itself with -9: `dies.ts` with ESTATE, OPERATION and PARENT, and with DIES_AT `before KEY` or
// `after KEY`: at the write of the first object whose key, with a `$` at its end, contains it. `within KEY`: when some of its bytes have been written.
import { operate } from '#actions/operate.ts';
import { FolderStore } from '#systems/storage/folder.ts';
import { systemClock } from '#text/clock.ts';

const { ESTATE = '', OPERATION = '', PARENT = '', DIES_AT = '' } = process.env;
const [when, part = ''] = DIES_AT.split(' ');

function die(): void {
  process.kill(process.pid, 'SIGKILL');
}

const { upload } = FolderStore.prototype;
FolderStore.prototype.upload = async function (operation, key, source, options = {}) {
  const isMeant = `${key}$`.includes(part);
  if (isMeant && when === 'before') {
    die();
  }
  const uploaded = await upload.call(this, operation, key, source, {
    ...options,
    onBytes: () => (isMeant && when === 'within' ? die() : undefined),
  });
  if (isMeant && when === 'after') {
    die();
  }
  return uploaded;
};

await operate({
  ...{ estate: JSON.parse(ESTATE), clock: systemClock, env: process.env, operation: OPERATION },
  ...{ parent: Number(PARENT), timeoutMs: 60_000 },
});
