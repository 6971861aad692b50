import { exactJson } from './exactJson';
import type { Failure, Role } from './generated';
import { client } from './generated/client.gen';

export type FieldProblem = {
  field: string;
  message: string;
  /** A stable name of what is wrong, and the numbers and names that the message says. */
  code?: string;
  params?: Record<string, unknown>;
};

/** Why a call of the API failed, in the gateway's own terms or, where there was no answer, in ours. */
export class ApiFailure extends Error {
  /** The HTTP status; 0 where no answer came. */
  readonly status: number;
  /** The gateway's stable name of the cause, or `unreachable` or `not_understood`. */
  readonly code: string;
  readonly details: FieldProblem[];
  /** For whoever looks into it: the gateway's logs hold it too. */
  readonly requestId: string | undefined;
  /** Seconds after which the gateway wants to be asked again. */
  readonly retryAfter: number | undefined;

  constructor(
    message: string,
    about: {
      status: number;
      code: string;
      details?: FieldProblem[];
      requestId?: string | undefined;
      retryAfter?: number | undefined;
    },
  ) {
    super(message);
    this.name = 'ApiFailure';
    this.status = about.status;
    this.code = about.code;
    this.details = about.details ?? [];
    this.requestId = about.requestId;
    this.retryAfter = about.retryAfter;
  }

  /** The role that may do what was refused, where the gateway names one. */
  get neededRole(): Role | undefined {
    const named =
      this.status === 403 ? /`(viewer|operator|admin)`/.exec(this.message)?.[1] : undefined;
    return named as Role | undefined;
  }

  /** Whether asking again later, unchanged, may help. */
  get passes(): boolean {
    return this.status === 0 || this.status === 429 || this.status >= 502;
  }
}

type Answer<Body> = { data?: Body; error?: unknown; response?: Response };

/** The body of an answer, or the failure that it tells. */
export async function bodyOf<Body>(call: Promise<Answer<Body>>): Promise<Body> {
  return (await taggedBodyOf(call)).body;
}

/** The same, with the version of what it tells, for a later edit. */
export async function taggedBodyOf<Body>(
  call: Promise<Answer<Body>>,
): Promise<{ body: Body; tag: string | null }> {
  let answer: Answer<Body>;
  try {
    answer = await call;
  } catch (cause) {
    throw unreachable(cause);
  }

  const { data, error, response } = answer;
  if (response === undefined) throw unreachable(error);
  if (response.ok && data !== undefined) {
    return { body: read(data, response), tag: response.headers.get('etag') };
  }
  throw failureOf(error, response);
}

/** A list as CSV, and where it goes on; the header stands in every part. */
export async function csvOf(
  url: string,
  query: Record<string, unknown>,
): Promise<{ text: string; next: string | null }> {
  const headers = { Accept: 'text/csv' };
  const call = client.get<string, unknown>({ url, query, headers });
  const { data, error, response } = await call.catch((cause: unknown) => {
    throw unreachable(cause);
  });
  if (response === undefined) throw unreachable(error);
  if (!response.ok) throw failureOf(error, response);
  return { text: String(data ?? ''), next: response.headers.get('x-next-cursor') };
}

function read<Body>(data: Body, response: Response): Body {
  if (typeof data !== 'string') return data;
  try {
    return exactJson(data) as Body;
  } catch {
    throw failureOf(undefined, response);
  }
}

function unreachable(cause: unknown): ApiFailure {
  const failure = new ApiFailure('The gateway does not answer.', {
    status: 0,
    code: 'unreachable',
  });
  failure.cause = cause;
  return failure;
}

function failureOf(body: unknown, response: Response): ApiFailure {
  const retryAfter = Number.parseInt(response.headers.get('retry-after') ?? '', 10);
  const about = {
    status: response.status,
    requestId: response.headers.get('x-request-id') ?? undefined,
    retryAfter: Number.isNaN(retryAfter) ? undefined : retryAfter,
  };
  if (!isFailure(body)) {
    return new ApiFailure(`The gateway answered ${response.status}.`, {
      ...about,
      code: 'not_understood',
    });
  }

  return new ApiFailure(body.message, {
    ...about,
    code: body.error.code,
    details: body.error.details,
    requestId: body.error.request_id,
  });
}

function isFailure(body: unknown): body is Failure {
  if (typeof body !== 'object' || body === null || !('error' in body)) return false;
  const { error } = body as { error: unknown };
  return typeof error === 'object' && error !== null && 'code' in error;
}
