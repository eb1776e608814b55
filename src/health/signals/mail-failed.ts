import { span } from '#text/age.ts';
import { type Mail, mail } from '../queries/mail.ts';
import { brief, counted, gradeAt, worseOf } from '../reading.ts';
import { databaseSignal } from '../signal.ts';

/** Odoo sends its queue once an hour, so an hour's wait is normal and three mean that nothing sends. */
const tooLong = 3 * 3600;

/** In mails given up within a day. */
export const signal = databaseSignal<Mail>({
  name: 'mail-failed',
  title: 'Mail',
  layer: 'application',
  unit: 'count',
  threshold: { direction: 'above', warn: 5, critical: 100 },
  query: mail,
  read({ failed, failedFor, outgoing, oldestOutgoingSeconds }, { threshold }) {
    const late = (oldestOutgoingSeconds ?? 0) >= tooLong;
    const grade = worseOf(gradeAt(failed, threshold), late ? 'warn' : 'ok');
    const waiting =
      outgoing === 0 ? '' : `${counted(outgoing, 'mail')} waiting, oldest ${span(oldestOutgoingSeconds ?? 0)}`;
    if (failed === 0) {
      return { value: failed, grade, message: waiting === '' ? 'no mail failed in a day' : waiting };
    }
    const why = failedFor === null || failedFor === '' ? '' : `, most for ${brief(failedFor)}`;
    const message = `${counted(failed, 'mail')} failed in a day${why}${waiting === '' ? '' : `; ${waiting}`}`;
    return { value: failed, grade, message };
  },
});
