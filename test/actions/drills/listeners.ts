import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, createServer, type Server } from 'node:net';

export const channels = ['mail', 'fetchmail', 'webhook', 'payment', 'job', 'cron'] as const;
export type Channel = (typeof channels)[number];

/** Real servers that stand in for everybody whom a live shop talks to, and count who calls. */
export interface Listeners {
  readonly ports: Readonly<Record<Channel, number>>;
  /** Connections that came, by channel, since the last time it was asked. */
  heard(): Readonly<Record<Channel, number>>;
  close(): Promise<void>;
}

export async function startListeners(): Promise<Listeners> {
  const counts = Object.fromEntries(channels.map((channel) => [channel, 0])) as Record<Channel, number>;
  const servers = channels.map((channel) =>
    channel === 'mail' || channel === 'fetchmail'
      ? mailServer(() => counts[channel]++)
      : webServer(() => counts[channel]++),
  );
  await Promise.all(servers.map((server) => new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))));
  return {
    ports: Object.fromEntries(channels.map((channel, index) => [channel, portOf(servers[index])])) as Record<
      Channel,
      number
    >,
    heard() {
      const heard = { ...counts };
      for (const channel of channels) {
        counts[channel] = 0;
      }
      return heard;
    },
    close: async () => {
      await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
    },
  };
}

function portOf(server: Server | undefined): number {
  const address = server?.address() as AddressInfo | undefined;
  return address?.port ?? 0;
}

/** Says what an SMTP server says, whatever it is told. */
function mailServer(heard: () => void): Server {
  return createServer((socket) => {
    heard();
    socket.on('error', () => socket.destroy());
    socket.write('220 shop.example ESMTP\r\n');
    socket.on('data', (bytes) => {
      const line = bytes.toString('utf8');
      if (line.startsWith('QUIT')) {
        socket.end('221 bye\r\n');
      } else {
        socket.write(line.startsWith('DATA') ? '354 go on\r\n' : '250 ok\r\n');
      }
    });
  });
}

function webServer(heard: () => void): Server {
  return createHttpServer((request, response) => {
    heard();
    request.resume();
    response.end('ok');
  });
}

/** Points everything that a shop's database can call at these listeners, and makes all of it due. */
export function pointAt({ ports }: Listeners, series: number): string {
  const url = (channel: Channel) => `http://127.0.0.1:${ports[channel]}/${channel}`;
  const provider = series === 15 ? 'payment_acquirer' : 'payment_provider';
  return `
DELETE FROM ir_mail_server;
INSERT INTO ir_mail_server (name, smtp_host, smtp_port, smtp_encryption, smtp_authentication, active)
  VALUES ('live', '127.0.0.1', ${ports.mail}, 'none', 'login', true);
ALTER TABLE fetchmail_server ADD COLUMN server varchar, ADD COLUMN port integer;
UPDATE fetchmail_server SET server = '127.0.0.1', port = ${ports.fetchmail};
UPDATE ir_act_server SET webhook_url = '${url('webhook')}' WHERE webhook_url IS NOT NULL;
ALTER TABLE ${provider} ADD COLUMN checkout_url varchar;
UPDATE ${provider} SET checkout_url = '${url('payment')}';
ALTER TABLE queue_job ADD COLUMN connector_url varchar;
UPDATE queue_job SET connector_url = '${url('job')}';
ALTER TABLE ir_cron ADD COLUMN cron_url varchar;
UPDATE ir_cron SET cron_url = '${url('cron')}', nextcall = now() AT TIME ZONE 'utc' - interval '1 hour';`;
}
