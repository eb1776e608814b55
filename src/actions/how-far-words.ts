import { span } from '#text/age.ts';
import { size } from '#text/size.ts';
import { type Pace, paceKeeper } from './pace.ts';
import type { ProgressEvent } from './progress.ts';

/** `3/5`, or `1.2 GiB of 4.0 GiB · 48 MiB/s · 1m02s left`; empty where it does not say how far it is. */
export function howFarWords({ done, of, unit, pace }: ProgressEvent & { readonly pace?: Pace }): string {
  if (done === null || (of === null && unit !== 'bytes')) {
    return '';
  }
  const { rate, leftSeconds } = pace ?? { rate: null, leftSeconds: null };
  return unit !== 'bytes'
    ? `${done}/${of}`
    : [
        of === null ? size(done) : `${size(done)} of ${size(of)}`,
        ...(rate === null ? [] : [`${size(rate)}/s`]),
        ...(leftSeconds === null || of === null || done >= of ? [] : [`${span(leftSeconds)} left`]),
      ].join(' · ');
}

/** A line for each word on how far an operation is, in the order in which they come. */
export function progressLines(): (event: ProgressEvent) => string {
  const keeper = paceKeeper();
  return (event) => {
    keeper.tell(event);
    const far = howFarWords({ ...event, pace: keeper.at(event.at) });
    return `${event.words}${far === '' ? '' : ` (${far})`}`;
  };
}
