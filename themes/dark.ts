import type { Theme } from './theme.ts';

export const dark: Theme = {
  name: 'dark',
  title: 'for a dark background',
  styles: {
    text: '',
    'text.secondary': '90',
    'text.strong': '1',
    'text.title': '1;36',
    'status.ok': '32',
    'status.warn': '33',
    'status.critical': '1;91',
    'status.unknown': '35',
    'mode.readOnly': '36',
    'mode.readWrite': '1;33',
    'mode.elevated': '1;30;43',
    freeze: '94',
    incident: '1;95',
    border: '90',
    key: '36',
    mark: '1;36',
    orders: '38;5;67',
    match: '1;33',
    error: '1;91',
    'row.selected': '48;5;237',
  },
};
