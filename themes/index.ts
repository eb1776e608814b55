import { dark } from './dark.ts';
import { light } from './light.ts';
import { none } from './none.ts';
import type { Theme } from './theme.ts';

export const themes: readonly Theme[] = [dark, light, none];

export function themeNamed(name: string | null): Theme | undefined {
  return themes.find((theme) => theme.name === name);
}

export type { Theme, Token } from './theme.ts';
export { dark, light, none };
