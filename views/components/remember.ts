/** What was made of a thing, made once for as long as the thing lives: pictures and tenants are immutable. */
export function remembered<Thing extends object, Made>(make: (thing: Thing) => Made): (thing: Thing) => Made {
  const made = new WeakMap<Thing, { readonly value: Made }>();
  return (thing) => {
    const known = made.get(thing);
    if (known !== undefined) {
      return known.value;
    }
    const value = make(thing);
    made.set(thing, { value });
    return value;
  };
}
