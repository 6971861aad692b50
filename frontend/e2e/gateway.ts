import { type ChildProcess, spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { expect } from '@playwright/test';

/** A gateway of a test's own beside the demo's, on the same database. It can be killed, and comes back at its address. */
export class OwnGateway {
  private process: ChildProcess | undefined;

  private constructor(private readonly port: number) {}

  static async start(): Promise<OwnGateway> {
    const gateway = new OwnGateway(await freePort());
    await gateway.start();
    return gateway;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Starts it, with another dashboard if one is named. */
  async start(dashboard = process.env['GENIACS_DASHBOARD__FOLDER'] ?? '') {
    this.process = spawn(`${process.env['DEMO_BIN']}/api-gateway`, {
      stdio: 'ignore',
      env: {
        ...process.env,
        GENIACS_DATABASE__URL: process.env['DATABASE_URL'],
        GENIACS_BROKER__URL: process.env['AMQP_URL'],
        GENIACS_DATABASE__ROLE: 'geniacs_gateway',
        GENIACS_HTTP__PORT: String(this.port),
        GENIACS_DASHBOARD__FOLDER: dashboard,
      },
    });
    await expect.poll(() => this.isReady(), { timeout: 60_000 }).toBe(true);
  }

  /** Ends it at once, as a crash would. */
  async kill() {
    const ending = this.process;
    if (!ending || ending.exitCode !== null || ending.signalCode !== null) return;
    const ended = new Promise((resolve) => ending.once('exit', resolve));
    ending.kill('SIGKILL');
    await ended;
  }

  private async isReady(): Promise<boolean> {
    try {
      return (await fetch(`${this.url}/readyz`)).ok;
    } catch {
      return false;
    }
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      const port = typeof address === 'object' && address ? address.port : 0;
      server.close(() => resolve(port));
    });
  });
}
