export interface Suspension {
  /** Puts the shell's terminal back. */
  leave(): void | Promise<void>;
  /** Takes the screen again. */
  enter(): void | Promise<void>;
}

/**
 * Ctrl+Z: to the shell and back. The whole process group stops, as the terminal itself would do it, so that a shell gets its
 * prompt even when npm or a launcher stands between. A group that nobody could continue is not stopped by the kernel; then
 * no SIGCONT comes, and the screen is taken again after a moment.
 */
export async function suspend({ leave, enter }: Suspension, graceMs = 200): Promise<void> {
  await leave();
  await new Promise<void>((resolve) => {
    const back = () => {
      clearTimeout(timer);
      process.off('SIGCONT', back);
      resolve();
    };
    const timer = setTimeout(back, graceMs);
    process.on('SIGCONT', back);
    process.kill(0, 'SIGTSTP');
  });
  await enter();
}
