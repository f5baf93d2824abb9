import { printable } from '../../base/printable.ts';

/**
 * Text from outside as Slack's mrkdwn shows it literally (docs.slack.dev, "Formatting message text"): `&`, `<` and `>`
 * escaped, so that neither `<!channel>` nor `<https://evil|bank>` comes to life; control characters and direction marks
 * spelled out. At most `max` characters as sent, cut between characters with an ellipsis.
 */
export function slackText(text: string, max: number): string {
  // Escaping only lengthens: more than this of the source is never needed.
  const source = text.length > max ? `${text.slice(0, max)}…` : text;
  let result = '';
  let cut = '';
  for (const character of printable(source.toWellFormed())) {
    const escaped = escapes[character] ?? character;
    if (result.length + escaped.length > max) return `${cut}…`;
    result += escaped;
    if (result.length < max) cut = result;
  }
  return result;
}

/** As `slackText`, inside backquotes: bold, italics and emoji signs stay signs. */
export function slackCode(text: string, max: number): string {
  // A backquote would end the code; U+02CB looks the same.
  const inner = slackText(text.replaceAll('`', '\u02cb'), max - 2);
  return inner.trim() === '' ? '` `' : `\`${inner}\``;
}

const escapes: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };

/** 🇬🇧 for GB: two regional indicators. Empty for what is no country code. */
export function flag(country: string): string {
  if (!/^[A-Z]{2}$/.test(country)) return '';
  const regional = (at: number): number => 0x1f1e6 + country.charCodeAt(at) - 'A'.charCodeAt(0);
  return String.fromCodePoint(regional(0), regional(1));
}
