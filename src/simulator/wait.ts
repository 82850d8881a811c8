/** Resolves after `milliseconds`; rejects with the signal's reason as soon as it is aborted. */
export async function wait(milliseconds: number, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  if (milliseconds === 0) return;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let aborted = () => {};
  try {
    await new Promise<void>((resolve, reject) => {
      timer = setTimeout(resolve, milliseconds);
      aborted = () => reject(signal.reason);
      signal.addEventListener("abort", aborted);
    });
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", aborted);
  }
}

/** Never resolves; rejects with the signal's reason as soon as it is aborted. */
export async function waitForAbort(signal: AbortSignal): Promise<never> {
  signal.throwIfAborted();
  return new Promise((_, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
}
