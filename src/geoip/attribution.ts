/** What the licence of the embedded database asks for wherever results from it are shown: this text, linked to `url`. */
export const attribution = {
  text: 'IP Geolocation by DB-IP',
  url: 'https://db-ip.com/',
  licence: 'CC BY 4.0',
  licenceUrl: 'https://creativecommons.org/licenses/by/4.0/',
} as const;
