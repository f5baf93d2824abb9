const names = new Intl.DisplayNames(['en'], { type: 'region', fallback: 'code' });

/** In English; the code itself where it is none. */
export function countryName(code: string): string {
  return /^[A-Z]{2}$/.test(code) ? (names.of(code) ?? code) : code;
}
