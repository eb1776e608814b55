import { commands } from '#commands/index.ts';
import { findEstateFile } from '#estate/find.ts';
import { namesIn } from '#estate/names.ts';
import type { Io } from '#grammar/command.ts';
import { candidatesFor, completionText, type EstateNames } from '#grammar/complete.ts';
import { hasSwitch, looseValue } from '#grammar/parse.ts';
import { type ExitCode, exitCodes } from '#text/till-error.ts';

const nobody: EstateNames = { tenant: [], tier: [], retailer: [], cluster: [] };

/** Answers a completion script. Whatever goes wrong, a shell in the middle of a line hears nothing of it. */
export async function complete(words: readonly string[], io: Io): Promise<ExitCode> {
  try {
    io.out(completionText(await candidatesFor(words, { commands, names })));
  } catch {
    // A half-written estate file or an unknown flag: there is nothing to offer.
  }
  return exitCodes.ok;
}

async function names(asked: readonly string[]): Promise<EstateNames> {
  const path = await estateFile(asked);
  return path === null ? nobody : await namesIn(path);
}

async function estateFile(asked: readonly string[]): Promise<string | null> {
  const named = looseValue(asked, 'estate', process.env);
  return hasSwitch(asked, 'sandbox') && named === undefined
    ? null
    : await findEstateFile({ named, env: process.env, folder: process.cwd() });
}
