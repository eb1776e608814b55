const factors: Readonly<Record<string, number>> = {
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
  '': 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
};

/** `500m`, `2Gi`, `1.5`, `2e3` as a number; what is no quantity is nothing. */
export function amountOf(quantity: unknown): number {
  const parts = /^([+-]?[\d.]+(?:[eE][+-]?\d+)?)([a-zA-Z]*)$/.exec(`${quantity as string}`);
  return parts === null ? 0 : Number(parts[1]) * (factors[parts[2] ?? ''] ?? 1);
}

/** An amount as the server writes it back: in the family of units that it was given in. */
export function quantityOf(amount: number, isBinary: boolean): string {
  if (isBinary) {
    const unit = ['Pi', 'Ti', 'Gi', 'Mi', 'Ki'].find((each) => amount !== 0 && amount % (factors[each] ?? 1) === 0);
    return unit === undefined ? `${amount}` : `${amount / (factors[unit] ?? 1)}${unit}`;
  }
  if (!Number.isInteger(amount)) {
    return `${Math.round(amount * 1000)}m`;
  }
  const unit = ['P', 'T', 'G', 'M', 'k'].find((each) => amount !== 0 && amount % (factors[each] ?? 1) === 0);
  return unit === undefined ? `${amount}` : `${amount / (factors[unit] ?? 1)}${unit}`;
}
