import { describe } from 'vitest';
import { startSandboxServer } from '../../contract/sandbox-server.ts';
import { cloudNativePgContract } from './cloudnativepg.ts';

describe("a switchover by CloudNativePG on the sandbox's API", () => cloudNativePgContract(startSandboxServer));
