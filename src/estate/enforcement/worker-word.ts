/** The word that makes till the worker of one operation; no command a person would type. Apart, so that knowing it loads nothing. */
export const workerWord = '__operate';
