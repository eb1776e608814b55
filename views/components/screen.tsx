import { Box, Text } from 'ink';
import { memo } from 'react';

const Row = memo(function Row({ text }: { readonly text: string }) {
  return <Text wrap="truncate">{text === '' ? ' ' : text}</Text>;
});

interface ScreenProps {
  readonly lines: readonly string[];
  readonly columns: number;
}

/** One Text a row, painted and padded beforehand: the cheapest frame that Ink can make (facts: terminal.md §2.4). */
export function Screen({ lines, columns }: ScreenProps) {
  return (
    <Box flexDirection="column" width={columns} height={lines.length}>
      {lines.map((text, row) => (
        // A row of the screen is what it is by its place.
        <Row key={String(row)} text={text} />
      ))}
    </Box>
  );
}
