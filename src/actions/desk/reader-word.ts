/** The word that `bin/main.ts` hands to the process that reads backups for a console; no command a person would type. */
export const readerWord = '__backups';
