/** As `bin/main.ts` is handed it by whoever starts a worker. */
export { workerWord } from '#estate/enforcement/worker-word.ts';
