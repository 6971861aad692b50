const BROWSERS = [
  ['Edg', 'Edge'],
  ['OPR', 'Opera'],
  ['Firefox', 'Firefox'],
  ['Chrome', 'Chrome'],
  ['Safari', 'Safari'],
] as const;
const SYSTEMS = ['Windows', 'Android', 'iPhone', 'iPad', 'Macintosh', 'Linux'] as const;
const LONGEST = 60;

/** What people call a browser that says who it is; programs are called as they call themselves. */
export function browserName(agent: string): string {
  const browser = BROWSERS.find(([sign]) => agent.includes(`${sign}/`))?.[1];
  const system = SYSTEMS.find((name) => agent.includes(name));
  if (!browser || !agent.startsWith('Mozilla/')) return agent.slice(0, LONGEST);
  return [browser, system].filter(Boolean).join(' · ');
}
