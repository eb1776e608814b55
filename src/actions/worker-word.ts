/** The word that `bin/main.ts` hands to the worker; no command a person would type. Apart, so that knowing it loads nothing. */
export const workerWord = '__operate';
