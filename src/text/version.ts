/** Kept equal to package.json by test/architecture.test.ts: reading the file at start would cost every command. */
export const version = '0.1.0';
