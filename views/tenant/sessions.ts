import { span as inWords } from '#text/age.ts';
import { cells } from '#text/width.ts';
import { gradeSigns } from '#themes/glyphs.ts';
import { type Column, cellsOf, layOut, titlesOf, widest } from '../components/columns.ts';
import { legible } from '../components/legible.ts';
import { type Span, span } from '../components/line.ts';
import { type LockNode, lockTree } from './lock-tree.ts';
import { type SectionContext, type SectionView, unavailable } from './section.ts';

/** Backends of the tenant's database: the lock tree first, then the others by the age of their transaction. */
export function sessionsSection({ detail, width, now }: SectionContext): SectionView {
  const part = detail?.sessions;
  if (part?.state !== 'ready') {
    return { titles: [], rows: [], words: unavailable(part) };
  }
  if (part.rows.length === 0) {
    return { titles: [], rows: [], words: [span('No session is open on this database.', 'text.secondary')] };
  }
  const nodes = lockTree(part.rows);
  const layout = layOut(columns(nodes), width);
  return {
    titles: titlesOf(layout),
    rows: nodes.map((node) => ({
      id: String(node.pid),
      spans: cellsOf(layout, node, now),
      facts: factsOf(node),
      text: legible(node.session?.query ?? ''),
    })),
    words: null,
  };
}

function columns(nodes: readonly LockNode[]): readonly Column<LockNode>[] {
  const pidText = ({ branch, pid }: LockNode) => `${branch}${pid}`;
  return [
    {
      id: 'pid',
      title: '  PID',
      width: 2 + nodes.reduce((width, node) => Math.max(width, Math.min(24, cells(pidText(node)))), 6),
      priority: 0,
      cell: (node) => {
        const { glyph, token } = signOfNode(node);
        return [span(`${glyph} `, token), span(node.branch, 'border'), span(String(node.pid))];
      },
    },
    {
      id: 'waiting',
      title: 'BLOCKS',
      align: 'right',
      width: 6,
      priority: 2,
      cell: ({ waiting }) => span(waiting === 0 ? '' : String(waiting), 'status.critical'),
    },
    {
      id: 'state',
      title: 'STATE',
      width: widest(nodes.map(stateOf), 6, 20),
      priority: 3,
      cell: (node) =>
        span(stateOf(node), node.session?.state?.startsWith('idle in') ? 'status.warn' : 'text.secondary'),
    },
    {
      id: 'transaction',
      title: 'XACT',
      align: 'right',
      width: 6,
      priority: 1,
      cell: ({ session }) => span(seconds(session?.transactionSeconds)),
    },
    {
      id: 'wait',
      title: 'WAITS ON',
      width: widest(
        nodes.map(({ session }) => legible(session?.wait ?? '')),
        8,
        22,
      ),
      priority: 5,
      cell: ({ session, alsoWaitsFor }) =>
        span(
          legible(session?.wait ?? '') + (alsoWaitsFor.length > 0 ? ` +${alsoWaitsFor.length}` : ''),
          (session?.blockedBy.length ?? 0) > 0 ? 'status.warn' : 'text.secondary',
        ),
    },
    {
      id: 'user',
      title: 'USER',
      width: widest(
        nodes.map(({ session }) => legible(session?.user ?? '')),
        4,
        14,
      ),
      priority: 6,
      cell: ({ session }) => span(legible(session?.user ?? '–'), 'text.secondary'),
    },
    {
      id: 'query',
      title: 'QUERY',
      width: 18,
      flexible: true,
      priority: 4,
      cell: ({ session }) =>
        session === null ? span('not visible to us', 'text.secondary') : span(legible(session.query)),
    },
  ];
}

function stateOf({ session }: LockNode): string {
  return legible(session?.state ?? '–').replace('idle in transaction', 'idle in xact');
}

function seconds(value: number | null | undefined): string {
  return value === null || value === undefined ? '–' : inWords(value);
}

function signOfNode({ depth, waiting, session }: LockNode) {
  if (depth === 0 && waiting > 0) {
    return gradeSigns.critical;
  }
  return depth > 0 || (session?.blockedBy.length ?? 0) > 0 ? gradeSigns.warn : { glyph: ' ', token: 'text' as const };
}

function factsOf({ pid, session, waiting, alsoWaitsFor }: LockNode): readonly Span[] {
  const facts = [
    session?.application ? `as ${legible(session.application)}` : '',
    session?.client ? `from ${legible(session.client)}` : '',
    session?.stateSeconds == null ? '' : `${stateWords(session.state)} for ${inWords(session.stateSeconds)}`,
    waiting > 0 ? `${waiting} wait for it` : '',
    alsoWaitsFor.length > 0 ? `also waits for ${alsoWaitsFor.join(', ')}` : '',
  ];
  return [span(`pid ${pid}   `), span(facts.filter((fact) => fact !== '').join('   '), 'text.secondary')];
}

function stateWords(state: string | null): string {
  return legible(state ?? 'in this state');
}
