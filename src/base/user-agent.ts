/** What a User-Agent header says of a browser, in the names that people know: a hint for its owner, proof of nothing. */

export interface Device {
  readonly browser: string | undefined
  readonly system: string | undefined
}

/** The first that fits: most claim to be several others, too. */
const BROWSERS: readonly (readonly [RegExp, string])[] = [
  [/\bEdg(?:e|A|iOS)?\//, 'Edge'],
  [/\b(?:OPR|OPiOS|Opera)\//, 'Opera'],
  [/\bVivaldi\//, 'Vivaldi'],
  [/\bYaBrowser\//, 'Yandex Browser'],
  [/\bSamsungBrowser\//, 'Samsung Internet'],
  [/\bDuckDuckGo\/|\bDdg\//, 'DuckDuckGo'],
  [/\b(?:Firefox|FxiOS)\//, 'Firefox'],
  [/\b(?:Chrome|CriOS|HeadlessChrome)\//, 'Chrome'],
  [/\bChromium\//, 'Chromium'],
  [/\bVersion\/.*\bSafari\//, 'Safari'],
  [/\bAppleWebKit\/.*\bMobile\//, 'Safari'],
  [/\bcurl\//, 'curl'],
]

const SYSTEMS: readonly (readonly [RegExp, string])[] = [
  [/\biPhone\b/, 'iPhone'],
  [/\biPad\b/, 'iPad'],
  [/\bAndroid\b/, 'Android'],
  [/\bCrOS\b/, 'ChromeOS'],
  [/\bWindows\b/, 'Windows'],
  [/\bMac OS X\b|\bMacintosh\b/, 'macOS'],
  [/\bLinux\b|\bX11\b/, 'Linux'],
]

const first = (names: readonly (readonly [RegExp, string])[], text: string): string | undefined =>
  names.find(([looks]) => looks.test(text))?.[1]

/** Nothing of the header itself is in it: whoever sends one can't choose what its owner reads. */
export function deviceOf(userAgent: string | undefined): Device {
  const text = userAgent?.slice(0, 500) ?? ''
  return { browser: first(BROWSERS, text), system: first(SYSTEMS, text) }
}
