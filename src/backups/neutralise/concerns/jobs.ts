import type { Concern } from '../rule.ts';

/** What would run by itself: scheduled actions, and jobs that waited when the backup was taken and have run since, in the original. */
export const jobs: Concern = {
  name: 'jobs',
  rules: [
    { table: 'ir_cron', where: 't.active', needs: ['active'], set: { active: 'false' } },
    {
      table: 'queue_job',
      where: "t.state IN ('wait_dependencies', 'pending', 'enqueued', 'started')",
      needs: ['state'],
      set: { state: "'cancelled'", date_cancelled: "now() AT TIME ZONE 'utc'" },
      ends: 'jobs',
    },
    // Failed ones run when somebody requeues them: in the copy they must not, in the one that goes live they may again.
    { table: 'queue_job', where: "t.state = 'failed'", needs: ['state'], set: { state: "'cancelled'" } },
  ],
};
