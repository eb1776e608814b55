import type { Theme } from './theme.ts';

/** No colour at all (NO_COLOR): weight and inversion alone. Glyphs and words carry every state. */
export const none: Theme = {
  name: 'none',
  title: 'no colour',
  styles: {
    text: '',
    'text.secondary': '',
    'text.strong': '1',
    'text.title': '1',
    'status.ok': '',
    'status.warn': '1',
    'status.critical': '1',
    'status.unknown': '',
    'mode.readOnly': '',
    'mode.readWrite': '1',
    'mode.elevated': '7',
    freeze: '1',
    incident: '1',
    border: '',
    key: '1',
    mark: '1',
    orders: '',
    match: '1',
    error: '1',
    'row.selected': '7',
  },
};
