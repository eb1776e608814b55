// The one door to `yaml`, to be opened with `await import(…)`: the package is CommonJS, and a bundle that imports such a
// package dynamically finds none of its names; a static re-export keeps them.
export { isAlias, isMap, isScalar, isSeq, LineCounter, parse, parseDocument, stringify, visit } from 'yaml';
