import type { Theme } from './theme.ts';

export const light: Theme = {
  name: 'light',
  title: 'for a light background',
  styles: {
    text: '',
    'text.secondary': '38;5;243',
    'text.strong': '1',
    'text.title': '1;34',
    'status.ok': '38;5;28',
    'status.warn': '38;5;130',
    'status.critical': '1;31',
    'status.unknown': '35',
    'mode.readOnly': '34',
    'mode.readWrite': '1;38;5;130',
    'mode.elevated': '1;97;48;5;130',
    freeze: '34',
    incident: '1;35',
    border: '38;5;249',
    key: '34',
    mark: '1;34',
    orders: '38;5;67',
    match: '1;38;5;130',
    error: '1;31',
    'row.selected': '48;5;254',
  },
};
