import { describe, expect, test } from 'vitest';
import { type ApiFailure, bodyOf } from './failure';

const answer = (status: number, body: unknown, headers: HeadersInit = {}) => {
  const response = new Response(null, { status, headers });
  return Promise.resolve(response.ok ? { data: body, response } : { error: body, response });
};

const failureOf = (call: Promise<unknown>) =>
  call.then(
    () => expect.unreachable(),
    (failure: unknown) => failure as ApiFailure,
  );

describe('the answer to a call', () => {
  test('is its body where it succeeded', async () => {
    await expect(bodyOf(answer(200, { success: true }))).resolves.toEqual({ success: true });
  });

  test('is a failure in the gateway’s terms', async () => {
    const body = {
      success: false,
      message: 'some fields are not valid',
      error: {
        code: 'validation_failed',
        details: [{ field: 'name', message: 'is taken' }],
        request_id: 'request-1',
      },
    };
    const failure = await failureOf(bodyOf(answer(422, body)));

    expect(failure).toMatchObject({
      status: 422,
      code: 'validation_failed',
      requestId: 'request-1',
    });
    expect(failure.details).toEqual([{ field: 'name', message: 'is taken' }]);
    expect(failure.passes).toBe(false);
  });

  test('tells how long to wait', async () => {
    const failure = await failureOf(bodyOf(answer(503, '', { 'retry-after': '5' })));
    expect(failure).toMatchObject({ code: 'not_understood', retryAfter: 5, passes: true });
  });

  test('is a failure of the connection where none came', async () => {
    const failure = await failureOf(bodyOf(Promise.reject(new TypeError('Failed to fetch'))));
    expect(failure).toMatchObject({ status: 0, code: 'unreachable', passes: true });
  });
});
