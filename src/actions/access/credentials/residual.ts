import type { Credential } from '#ledger/access/grant.ts';

/** Nothing below ten minutes can be asked for (facts: kubernetes-verified.md §1). */
export const tokenFloorSeconds = 600;
/** After `exp`: 60 s of leeway and a cache of up to 10 s (facts §0.2). */
const leewayMs = 70_000;

type Residual = Pick<Credential, 'residualUntil' | 'residual'>;

/** What can still work after the grant is over, said before and found so after. */
export function residualOf(
  system: Credential['system'],
  {
    expiresAt,
    grantEnds,
    canForbidSetRole = true,
  }: {
    readonly expiresAt: string | null;
    readonly grantEnds: string;
    readonly canForbidSetRole?: boolean;
  },
): Residual {
  switch (system) {
    case 'kubernetes': {
      const until = new Date(Date.parse(expiresAt ?? grantEnds) + leewayMs).toISOString();
      const span =
        expiresAt !== null && Date.parse(expiresAt) > Date.parse(grantEnds) + 5_000
          ? ` A token lives ${tokenFloorSeconds} s at least.`
          : expiresAt !== null && Date.parse(expiresAt) < Date.parse(grantEnds) - 5_000
            ? ` It is over at ${expiresAt}, before the grant is: the agent issues another before that; where none leads, this is the last.`
            : '';
      return {
        residualUntil: until,
        residual: `Its binding is removed at the end, which refuses the token within milliseconds; should nobody be there to remove it, the API server takes the token until then.${span} Watches, logs and shells that are open go on until whoever holds them closes them.`,
      };
    }
    case 'postgres':
      return {
        residualUntil: null,
        residual: `No new login after the end, by the server's own clock. A session that is open goes on until it is ended, at the end and at the next sweep${canForbidSetRole ? '' : '; on a server before 16 it may also keep what it took on with SET ROLE until then'}.`,
      };
    case 'redis':
      return {
        residualUntil: null,
        residual:
          'Redis users do not end by themselves: it works until it is removed, at the end or by the next sweep.',
      };
  }
}
