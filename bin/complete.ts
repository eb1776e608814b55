import { commands } from '#commands/index.ts';
import { findEstateFile, usualPlaces } from '#estate/find.ts';
import { type NamesInFile, namesIn } from '#estate/names.ts';
import type { Io } from '#grammar/command.ts';
import { type Candidate, candidatesFor, completionText, type EstateNames } from '#grammar/complete.ts';
import { hasSwitch, looseValue, wordsOf } from '#grammar/parse.ts';
import { type ExitCode, exitCodes } from '#text/till-error.ts';

/** Answers a completion script. Whatever goes wrong, a shell in the middle of a line hears nothing of it. */
export async function complete(words: readonly string[], io: Io): Promise<ExitCode> {
  try {
    io.out(completionText(await candidatesFor(words, { commands, names, scenarios })));
  } catch {
    // A half-written estate file or an unknown flag: there is nothing to offer.
  }
  return exitCodes.ok;
}

/** What the estate file lists, and the tenants that the last run found: asking the systems would take too long here. */
async function names(asked: readonly string[]): Promise<EstateNames> {
  const listed = await namesOf(asked);
  const [{ recallRun }, { stateFolder }] = await Promise.all([
    import('#health/last-run.ts'),
    import('#health/state-folder.ts'),
  ]);
  const found = listed.id === null ? null : await recallRun(stateFolder(listed.id, process.env));
  const tenants = found?.tenants ?? [];
  return {
    tenant: joined(
      listed.tenant,
      tenants.map(({ name }) => name),
    ),
    tier: listed.tier,
    retailer: joined(
      listed.retailer,
      tenants.map(({ retailer }) => retailer),
    ),
    cluster: listed.cluster,
  };
}

async function namesOf(asked: readonly string[]): Promise<NamesInFile> {
  const named = looseValue(asked, 'estate', process.env);
  const place = { named, env: process.env, folder: process.cwd() };
  const isSandbox = hasSwitch(asked, 'sandbox') || wordsOf(asked)[0]?.text === 'sandbox';
  const path = isSandbox && named === undefined ? await sandboxEstate() : await findEstateFile(place);
  if (path !== null) {
    return await namesIn(path);
  }
  const { estateFromContext } = await import('#estate/from-context.ts');
  const { id, clusters } = await estateFromContext(process.env, usualPlaces(place));
  return { id, tenant: [], tier: [], retailer: [], cluster: Object.keys(clusters) };
}

async function scenarios(): Promise<readonly Candidate[]> {
  const all = (await import('#sandbox/scenarios/index.ts')).scenarios;
  return all.map(({ name, summary }) => ({ text: name, note: summary }));
}

async function sandboxEstate(): Promise<string> {
  const { sandboxFolder } = await import('#sandbox/folder.ts');
  return `${sandboxFolder(process.env)}/estate.yaml`;
}

function joined(...lists: readonly (readonly (string | null)[])[]): readonly string[] {
  return [...new Set(lists.flat().filter((text) => text !== null))].sort();
}
