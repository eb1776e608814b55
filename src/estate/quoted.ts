/** A name in SQL, quoted. */
export function quotedName(text: string): string {
  return `"${text.replaceAll('"', '""')}"`;
}

/** A text in SQL, quoted. */
export function quotedText(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
