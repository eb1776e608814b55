// Written by scripts/registry.ts: one line for each file in this folder. Do not edit.
import type { Signal } from '../signal.ts';

export const signals: readonly Signal[] = [
];
