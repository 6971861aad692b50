/** What the gateway's stream tells. */
export type LiveEvent = { kind: EventKind; data: unknown };

const eventKinds = [
  'sync',
  'webhook',
  'integration',
  'conflict',
  'operation',
  'log',
  'reset',
  'ready',
  'time',
] as const;
type EventKind = (typeof eventKinds)[number];

export type ConnectionState = 'connecting' | 'live' | 'lost';

/** What the tabs of one browser tell each other. */
type Message =
  | { type: 'event'; event: LiveEvent; place: string }
  | { type: 'state'; state: ConnectionState }
  | { type: 'hello' };

type Listener = {
  onEvent: (event: LiveEvent) => void;
  onState: (state: ConnectionState) => void;
};

const NAME = 'geniacs-live';
const RETRY_MS = 5_000;
/** Two beats of the gateway may be missed. */
const SILENCE_MS = 40_000;
const CHECK_MS = 5_000;

/**
 * One stream per browser: the tab that holds the lock has it and passes on what it hears. Where there are no locks
 * (outside a secure context) each tab has its own while it is visible.
 */
export function followLive(listener: Listener): () => void {
  const ending = new AbortController();
  const channel = new BroadcastChannel(NAME);
  let place = '';
  let stream: Stream | undefined;

  channel.onmessage = ({ data }: MessageEvent<Message>) => {
    if (data.type === 'event') {
      place = data.place;
      listener.onEvent(data.event);
    } else if (data.type === 'state') {
      listener.onState(data.state);
    } else if (stream) {
      channel.postMessage({ type: 'state', state: stream.state } satisfies Message);
    }
  };

  const open = () => {
    stream ??= new Stream(place, {
      onEvent: (event, at) => {
        place = at;
        listener.onEvent(event);
        channel.postMessage({ type: 'event', event, place } satisfies Message);
      },
      onState: (state) => {
        listener.onState(state);
        channel.postMessage({ type: 'state', state } satisfies Message);
      },
    });
  };
  const close = () => {
    stream?.end();
    stream = undefined;
  };

  if (navigator.locks) {
    channel.postMessage({ type: 'hello' } satisfies Message);
    void holdLock(ending.signal, open);
  } else {
    followVisibility(ending.signal, open, close);
  }

  return () => {
    ending.abort();
    close();
    channel.close();
  };
}

async function holdLock(signal: AbortSignal, open: () => void) {
  try {
    await navigator.locks.request(NAME, { signal }, () => {
      if (signal.aborted) return;
      open();
      return new Promise<void>((release) => {
        signal.addEventListener('abort', () => release());
      });
    });
  } catch {
    // It was no longer wanted before its turn came.
  }
}

function followVisibility(signal: AbortSignal, open: () => void, close: () => void) {
  const follow = () => (document.visibilityState === 'visible' ? open() : close());
  document.addEventListener('visibilitychange', follow, { signal });
  follow();
}

type StreamListener = {
  onEvent: (event: LiveEvent, place: string) => void;
  onState: (state: ConnectionState) => void;
};

/** A connection that is made again when it ends or falls silent, from the place where it was. */
class Stream {
  state: ConnectionState = 'connecting';
  private source: EventSource | undefined;
  private retrying: ReturnType<typeof setTimeout> | undefined;
  private readonly checking: ReturnType<typeof setInterval>;
  private heardAt = Date.now();
  /** An older gateway sends no `time` events, and then silence means nothing. */
  private isTimed = false;

  constructor(
    private place: string,
    private readonly listener: StreamListener,
  ) {
    this.checking = setInterval(() => this.noticeSilence(), CHECK_MS);
    this.connect();
  }

  end() {
    clearInterval(this.checking);
    clearTimeout(this.retrying);
    this.source?.close();
  }

  private connect() {
    const from = this.place ? `?last_event_id=${encodeURIComponent(this.place)}` : '';
    this.source = new EventSource(`/api/geniacs/events/stream${from}`);
    this.source.onopen = () => this.enter('live');
    this.source.onerror = () => this.lose();
    for (const kind of eventKinds) {
      this.source.addEventListener(kind, (message) => this.hear(kind, message));
    }
  }

  private hear(kind: EventKind, { data, lastEventId }: MessageEvent<string>) {
    this.heardAt = Date.now();
    if (kind === 'time') this.isTimed = true;
    if (lastEventId) this.place = lastEventId;
    this.enter('live');
    this.listener.onEvent({ kind, data: JSON.parse(data) }, this.place);
  }

  private noticeSilence() {
    if (this.isTimed && this.state === 'live' && Date.now() - this.heardAt > SILENCE_MS)
      this.lose();
  }

  private lose() {
    this.source?.close();
    this.enter('lost');
    clearTimeout(this.retrying);
    this.retrying = setTimeout(() => {
      this.heardAt = Date.now();
      this.connect();
    }, RETRY_MS);
  }

  private enter(state: ConnectionState) {
    if (this.state === state) return;
    this.state = state;
    this.listener.onState(state);
  }
}
