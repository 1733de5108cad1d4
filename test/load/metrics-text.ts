// What the server says of itself, out of the text that Prometheus reads.

/** The value of a series without labels. */
export function gaugeIn(text: string, name: string): number {
  return Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1] ?? Number.NaN)
}

export type Buckets = ReadonlyMap<number, number>

/** Calls by the time that they took at most, in seconds, for the routes that are asked for. */
export function bucketsIn(text: string, isAsked: (route: string) => boolean): Buckets {
  const buckets = new Map<number, number>()
  const line = /^holdfast_http_call_seconds_bucket\{le="([^"]+)",route="([^"]+)"\} (\d+)$/gm
  for (const [, most = '', route = '', count = ''] of text.matchAll(line)) {
    if (!isAsked(route)) continue
    const seconds = most === '+Inf' ? Number.POSITIVE_INFINITY : Number(most)
    buckets.set(seconds, (buckets.get(seconds) ?? 0) + Number(count))
  }
  return buckets
}

/** Of the calls between two readings: how many took at most so long. */
export function shareWithin(before: Buckets, after: Buckets, seconds: number): number {
  const between = (most: number) => (after.get(most) ?? 0) - (before.get(most) ?? 0)
  const all = between(Number.POSITIVE_INFINITY)
  return all === 0 ? 1 : between(seconds) / all
}
