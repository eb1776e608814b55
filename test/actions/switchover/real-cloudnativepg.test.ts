import { describe } from 'vitest';
import { startRealControlPlane } from '../../contract/real-control-plane.ts';
import { cloudNativePgContract } from './cloudnativepg.ts';

describe('a switchover by CloudNativePG on a real kube-apiserver', () => cloudNativePgContract(startRealControlPlane));
