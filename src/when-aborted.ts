/** Who waits for which signal. Node warns of more than ten listeners on one signal, so each signal gets one of ours. */
const waiting = new WeakMap<AbortSignal, Set<() => void>>();

/**
 * Calls `act` once when `signal` fires, or at once if it has fired.
 *
 * @returns stops waiting; the listener goes with the last who waits, since `addEventListener(…, { signal })` leaks on Node
 */
export function whenAborted(signal: AbortSignal | undefined, act: () => void): () => void {
  if (signal === undefined) return () => {};
  if (signal.aborted) {
    act();
    return () => {};
  }
  const acts = waiting.get(signal) ?? listen(signal);
  // A function of its own, so that the same `act` can wait twice.
  const entry = (): void => act();
  acts.add(entry);
  return () => {
    acts.delete(entry);
    if (acts.size === 0) stopListening(signal);
  };
}

/** Settles as `work` does, or rejects with the signal's reason as soon as that fires, also if `work` does not hear of it. */
export async function orAborted<Result>(work: Promise<Result>, signal: AbortSignal | undefined): Promise<Result> {
  let stopWaiting = (): void => {};
  const aborted = new Promise<never>((_, reject) => {
    stopWaiting = whenAborted(signal, () => reject(signal?.reason));
  });
  // Whichever loses may reject later, when nobody listens.
  aborted.catch(() => {});
  work.catch(() => {});
  return Promise.race([work, aborted]).finally(stopWaiting);
}

const listeners = new WeakMap<AbortSignal, () => void>();

function listen(signal: AbortSignal): Set<() => void> {
  const acts = new Set<() => void>();
  const onAbort = (): void => {
    stopListening(signal);
    for (const act of acts) act();
  };
  waiting.set(signal, acts);
  listeners.set(signal, onAbort);
  signal.addEventListener("abort", onAbort);
  return acts;
}

function stopListening(signal: AbortSignal): void {
  const onAbort = listeners.get(signal);
  if (onAbort !== undefined) signal.removeEventListener("abort", onAbort);
  listeners.delete(signal);
  waiting.delete(signal);
}
