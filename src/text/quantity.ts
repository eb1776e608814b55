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
  E: 1e18,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
  Ei: 2 ** 60,
};

/** A Kubernetes quantity as a number of its base unit: `250m` is 0.25, `2Gi` is 2147483648; 0 for what is none. */
export function quantity(value: unknown): number {
  if (typeof value === 'number') {
    return value;
  }
  const match = typeof value === 'string' ? /^([+-]?[\d.]+(?:[eE][+-]?\d+)?)([a-zA-Z]{0,2})$/.exec(value.trim()) : null;
  const factor = factors[match?.[2] ?? ''];
  const amount = Number(match?.[1]);
  return match === null || factor === undefined || Number.isNaN(amount) ? 0 : amount * factor;
}

/** An amount as the server writes it back: in the family of units that it was given in. */
export function quantityOf(amount: number, isBinary: boolean): string {
  if (isBinary) {
    const unit = ['Ei', 'Pi', 'Ti', 'Gi', 'Mi', 'Ki'].find(
      (each) => amount !== 0 && amount % (factors[each] ?? 1) === 0,
    );
    return unit === undefined ? `${amount}` : `${amount / (factors[unit] ?? 1)}${unit}`;
  }
  if (!Number.isInteger(amount)) {
    return `${Math.round(amount * 1000)}m`;
  }
  const unit = ['E', 'P', 'T', 'G', 'M', 'k'].find((each) => amount !== 0 && amount % (factors[each] ?? 1) === 0);
  return unit === undefined ? `${amount}` : `${amount / (factors[unit] ?? 1)}${unit}`;
}
