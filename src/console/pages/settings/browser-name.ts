/** What a browser says of itself, as people call it. */

/** Those that pretend to be others come first. */
const browsers = [
  ['Edge', /\bEdgA?\//],
  ['Opera', /\bOPR\//],
  ['Firefox', /\b(Firefox|FxiOS)\//],
  ['Chrome', /\b(Chrome|CriOS|HeadlessChrome|Chromium)\//],
  ['Safari', /\bSafari\//],
] as const

const systems = [
  ['Android', /Android/],
  ['iPhone', /iPhone/],
  ['iPad', /iPad/],
  ['Windows', /Windows/],
  ['macOS', /Mac OS X|Macintosh/],
  ['Linux', /Linux|X11/],
] as const

export function browserOf(userAgent: string): string | undefined {
  return browsers.find(([, sign]) => sign.test(userAgent))?.[0]
}

export function systemOf(userAgent: string): string | undefined {
  return systems.find(([, sign]) => sign.test(userAgent))?.[0]
}
