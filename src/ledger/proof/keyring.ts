import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { exitCodes, TillError } from '#text/till-error.ts';
import { makeFile, namesIn, textOf } from '../disk.ts';
import type { CheckpointKey, LedgerState } from '../state.ts';
import { originOf } from '../verifier/checkpoint.ts';
import { newSecret, type Signer, signerFrom } from './signer.ts';

/** The private keys that this user holds for one estate: a file each, 0600, named by the key's id. */
export class Keyring {
  readonly #folder: string;
  readonly #name: string;

  constructor(folder: string, estateId: string) {
    this.#folder = folder;
    this.#name = originOf(estateId, null);
  }

  /** Makes a key and keeps it; it may sign once the ledger says so. */
  make(): Signer & { readonly path: string } {
    mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
    const secret = newSecret(this.#name);
    const signer = signerFrom(secret, this.#name);
    const path = join(this.#folder, `${signer?.id}.key`);
    if (signer === null || !makeFile(path, `${secret}\n`)) {
      throw new TillError('the key could not be kept', {
        exit: exitCodes.failed,
        reason: 'key-not-kept',
        target: path,
      });
    }
    return { ...signer, path };
  }

  held(): readonly Signer[] {
    return namesIn(this.#folder)
      .filter((name) => name.endsWith('.key'))
      .flatMap((name) => signerFrom(textOf(join(this.#folder, name)) ?? '', this.#name) ?? []);
  }

  /** The key that signs now. `secret` is one that the estate names; else those of this user, the newest first. */
  signerNow(state: LedgerState, now: number, secret: string | null): Signer {
    const given = secret === null ? null : signerFrom(secret, this.#name);
    if (secret !== null && given === null) {
      throw new TillError('the secret that should sign checkpoints is no Ed25519 key', {
        exit: exitCodes.usage,
        reason: 'key-unreadable',
        next: 'keep there a PEM, or the line that `till ledger key new` writes to its file',
      });
    }
    const held = given === null ? this.held() : [given];
    const inUse = usable(state, now).flatMap(({ vkey }) => held.find((signer) => signer.vkey === vkey) ?? []);
    const [signer] = inUse;
    if (signer !== undefined) {
      return signer;
    }
    throw new TillError(
      held.length === 0 ? 'there is no key to sign a checkpoint with' : 'no key that is held here may sign now',
      {
        exit: exitCodes.refused,
        reason: held.length === 0 ? 'no-key' : 'key-not-in-use',
        next:
          held.length === 0
            ? '`till ledger key new` makes one'
            : '`till ledger key list` shows which keys may sign, and until when; `till ledger key rotate` makes the next one',
      },
    );
  }
}

/** Keys that the ledger lets sign now, the newest first. */
export function usable(state: LedgerState, now: number): readonly CheckpointKey[] {
  return [...state.keys.values()]
    .filter(({ from, until }) => Date.parse(from) <= now && (until === null || now < Date.parse(until)))
    .sort((a, b) => Date.parse(b.from) - Date.parse(a.from));
}
