import { createHmac } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname, uptime, userInfo } from 'node:os';

/** Which process this is, on which machine, for whom, by the operating system's word. */
export interface Identity {
  readonly user: string;
  readonly uid: number;
  /** The user id that logged in, where the kernel keeps it; sudo does not change it. */
  readonly login: number | null;
  readonly host: string;
  /** Tells two machines of one name apart; null where the system has no machine id. */
  readonly machine: string | null;
  /** Differs after each start of the machine; null where the system does not say. */
  readonly boot: string | null;
  /** Processes see each other only within one of these (containers have their own). */
  readonly pidNamespace: string | null;
  readonly pid: number;
  /** When the process began, in the kernel's ticks: a pid comes again, a pid with its start does not. */
  readonly started: string | null;
}

export function thisProcess(): Identity {
  const { username, uid } = userInfo();
  return {
    user: username,
    uid,
    login: loginUid(),
    host: hostname(),
    machine: machineId(),
    boot: textOf('/proc/sys/kernel/random/boot_id'),
    pidNamespace: linkOf('/proc/self/ns/pid'),
    pid: process.pid,
    started: startOf(process.pid),
  };
}

/** When a process began; null when there is none by that number, or when it is dead and only not yet buried. */
export function startOf(pid: number): string | null {
  const stat = textOf(`/proc/${pid}/stat`);
  // The second field is the program's name in parentheses and may hold anything, spaces and parentheses too.
  const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [state] = fields ?? [];
  return state === 'Z' || state === 'X' ? null : (fields?.[19] ?? null);
}

/** Milliseconds since the machine started, sleep included; the same for every process of one boot. */
export function machineUptime(): number {
  return Math.round(uptime() * 1000);
}

/** systemd asks that the id itself be kept confidential: what we write is derived from it, for us alone (machine-id(5)). */
function machineId(): string | null {
  const id = textOf('/etc/machine-id');
  return id === null ? null : createHmac('sha256', id).update('till-ledger').digest('hex').slice(0, 32);
}

function loginUid(): number | null {
  const id = Number(textOf('/proc/self/loginuid') ?? 4_294_967_295);
  return id === 4_294_967_295 ? null : id;
}

function textOf(path: string): string | null {
  try {
    return readFileSync(path, 'utf8').trim() || null;
  } catch {
    return null;
  }
}

function linkOf(path: string): string | null {
  try {
    return readlinkSync(path);
  } catch {
    return null;
  }
}
