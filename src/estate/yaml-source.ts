import type { Document, Node, visit, YAMLError } from 'yaml';
import type { Path, Problem } from './problem.ts';

/** A YAML file as data, and the way from a place in the data back to its line. */
export interface YamlSource {
  readonly value: unknown;
  /** What the file has wrong as YAML; the data is then not to be used. */
  readonly problems: readonly Problem[];
  locate(path: Path, at: 'key' | 'value'): { readonly line: number; readonly column: number };
}

/** An anchor used more often than this is a bomb rather than a convenience. */
const aliasesAtMost = 100;

/** Never throws: what is wrong comes back as problems. */
export async function yamlSource(text: string): Promise<YamlSource> {
  const { LineCounter, parseDocument, visit: walk, isAlias, isMap, isScalar, isSeq } = await import('yaml');
  const lineCounter = new LineCounter();
  const document = parseDocument(text, { lineCounter, prettyErrors: false, version: '1.2', logLevel: 'error' });
  const at = (offset: number) => {
    const { line, col } = lineCounter.linePos(offset);
    return { line: Math.max(1, line), column: Math.max(1, col) };
  };
  const syntax = syntaxErrors(document.errors).map(
    (error): Problem => ({ ...at(error.pos[0]), path: '', ...said(error) }),
  );
  const loose =
    syntax.length > 0 || !text.includes('*')
      ? []
      : unanchored(document, walk).map((alias) => ({ ...at(alias.offset), ...alias.said }));
  const problems = [...syntax, ...loose];
  const { value, problem } = problems.length > 0 ? { value: undefined, problem: null } : expanded(document);

  const locate = (path: Path, side: 'key' | 'value') => {
    let node: Node | null = document.contents;
    let offset = node?.range?.[0] ?? 0;
    for (const [index, part] of path.entries()) {
      if (isAlias(node)) {
        node = node.resolve(document) ?? null;
      }
      if (isMap(node)) {
        const pair = node.items.find(({ key }) => isScalar(key) && String(key.value) === String(part));
        const key = pair?.key;
        const keyOffset = isScalar(key) ? key.range?.[0] : undefined;
        const next: unknown = pair?.value;
        node = isNode(next) ? next : null;
        const wantsKey = side === 'key' && index === path.length - 1;
        offset = (wantsKey ? keyOffset : (node?.range?.[0] ?? keyOffset)) ?? offset;
      } else if (isSeq(node)) {
        const next: unknown = node.items[Number(part)];
        node = isNode(next) ? next : null;
        offset = node?.range?.[0] ?? offset;
      }
    }
    return at(offset);
  };
  const isNode = (node: unknown): node is Node => isMap(node) || isSeq(node) || isScalar(node) || isAlias(node);
  return { value, problems: [...problems, ...(problem === null ? [] : [problem])], locate };
}

/** One for each line: the parser trips over one slip several times. */
function syntaxErrors(errors: readonly YAMLError[]): readonly YAMLError[] {
  const exhausted = errors.find(({ code }) => code === 'RESOURCE_EXHAUSTION');
  return exhausted === undefined ? errors : [exhausted];
}

function said({ code, message }: YAMLError): Pick<Problem, 'message' | 'hint'> {
  switch (code) {
    case 'DUPLICATE_KEY':
      return { message: 'this key stands here twice', hint: 'keep one of the two' };
    case 'TAB_AS_INDENT':
      return { message: 'a tab cannot indent YAML', hint: 'use spaces' };
    case 'MULTIPLE_DOCS':
      return { message: 'a second document begins here', hint: 'an estate is one document: remove the `---`' };
    case 'RESOURCE_EXHAUSTION':
      return { message: 'nested too deeply', hint: 'an estate needs no more than six levels' };
    default:
      return { message: `not YAML: ${message.charAt(0).toLowerCase()}${message.slice(1)}`, hint: null };
  }
}

/** `*name` where no `&name` stands before it. */
function unanchored(document: Document, walk: typeof visit) {
  const found: { readonly offset: number; readonly said: Pick<Problem, 'path' | 'message' | 'hint'> }[] = [];
  const anchors = new Set<string>();
  walk(document, {
    Value: (_key, { anchor }) => {
      anchors.add(anchor ?? '');
    },
    Alias: (_key, { source, range }) => {
      if (!anchors.has(source)) {
        const said = { path: '', message: `there is no anchor "&${source}" before this`, hint: null };
        found.push({ offset: range?.[0] ?? 0, said });
      }
    },
  });
  return found;
}

function expanded(document: Document): { readonly value: unknown; readonly problem: Problem | null } {
  try {
    return { value: document.toJS({ maxAliasCount: aliasesAtMost }), problem: null };
  } catch (error) {
    const isBomb = error instanceof ReferenceError && error.message.includes('Excessive alias');
    const message = isBomb
      ? `its anchors unfold to more than ${aliasesAtMost} copies`
      : `not YAML: ${error instanceof Error ? error.message : String(error)}`;
    const hint = isBomb ? 'write the values out, or use tiers and `defaults`' : null;
    return { value: undefined, problem: { line: 1, column: 1, path: '', message, hint } };
  }
}
