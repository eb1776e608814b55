import { noteIn, openNote, verifierKey } from './note.ts';

/** What is signed of an evidence pack: whose, and the SHA-256 of its `manifest.json`. No checkpoint has this form. */
export function manifestText(estateId: string, sha256: string): string {
  return `till-evidence-pack/v1\n${estateId}\n${sha256}\n`;
}

/** What is wrong with the signature of a manifest; null when one of these keys signed it. */
export function unsigned(signature: string | null, sha256: string, trusted: readonly string[]): string | null {
  if (signature === null) {
    return 'manifest.json is signed by nobody: what the tables say is not proven';
  }
  const note = noteIn(signature);
  if (note === null || !/^till-evidence-pack\/v1\n[^\n]*\n[0-9a-f]{64}\n$/.test(note.text)) {
    return 'manifest.json.sig is no signature of a pack';
  }
  if (!note.text.endsWith(`\n${sha256}\n`)) {
    return 'manifest.json is not the one that was signed';
  }
  const opened = openNote(
    note,
    trusted.flatMap((text) => verifierKey(text) ?? []),
  );
  return opened.status === 'signed' ? null : 'manifest.json is signed by no key that is known here';
}
