/**
 * What the pack says, one alert a line (`rule_matching: first`), of real scanner traffic: file → rule → line numbers.
 * Judged once for each shape of request; a line that moves to another rule is a change of the pack to be judged, not to be regenerated.
 */
export const scannerTraffic: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'yukinakanaka-falco-plugin-aws-elb/log-001.log.gz': {
    'Request To Bare Address':
      '1-5 10-15 18 20 22 25 29-31 34 90 93 95-97 100 102 104-106 113 115 118 121 123 126 133 136-137 139 142-144 146 148 150 152-154 156-157 172 186 192 196-197 199-201 204 232 234 238-239 241 245 247 249 260 264 273 276 284 291 295 297 299-302 309-310 312-313 315 318-319 321-323 326-329 336-337 340 343 345 347 352-353 355 357-359 361 363 370 404 446-449 451-452',
    'Database Console Probe': '158-171 173-184 205-230 371-396',
    'PHPUnit Remote Code': '37-73 401-402 405-439',
    'Malformed Request':
      '26 35 79-80 91-92 107-108 110 112 128 131-132 134 149 151 189-191 235 237 242-244 246 292-293 304 306 308 320 325 332-334 341-342 344 346 349-351 365 367 369 398-399',
    'Secret File Requested':
      '19 32-33 84 88 114 116-117 122 125 138 145 155 185 187 202-203 233 240 252-255 257-258 261 271 275 290 294 298 311 316-317 330 335 339 354 356 362 403 445 450',
    'No Target Available': '140 262-263 266-270 272 277-280 283 285 287-289',
    'Internet Survey': '28 81 124 127 129-130 248 274 303 305 307 324 364 366 368 397 453',
    'Device Exploit': '16 21 23 89 109 111 119 141 188 236 331 360',
    'VPN Gateway Probe': '9 17 103 120 135 147 231 296 314 338',
    'Diagnostics Probe': '6 82 85-86 250-251 256 259',
    'Web Shell Requested': '94 98-99 101 193-195 198',
    'Balancer Name As Host': '87 265 281-282 286',
    'Attack Tool': '7-8 24 27',
    'PHP Argument Injection': '36 76 400 442',
    'ThinkPHP Remote Code': '74-75 440-441',
    'Path Traversal': '77 443',
    'Debugger Or Container API Probe': '78 444',
    'Configuration File Requested': '83',
    'Java Server Exploit': '348',
  },
  'yukinakanaka-falco-plugin-aws-elb/log-002.log.gz': {
    'Request To Bare Address':
      '1-2 4 6 8-9 11-13 15 45 49 71 73 76 78-79 86-88 99 102 106 109-111 125 127 132-137 140-143 147-148 150 157-158 160-161 168-171 175 177-178 182 186-187 189 199 201-202 205-209 211 213-218 221 223 226-227 229-231 233-235 237-240 244 247-248 250-252 255 257 259-260 298-300 302 305 307 309 311',
    'Malformed Request':
      '53 81 83 85 89 91 94-96 103-105 112-114 118-121 123-124 131 139 145-146 154 163 165 167 183 191 193 195 203-204 225 243 246 249 253 258 294-296 308',
    'Login Page On Bare Address': '262-293',
    'Internet Survey': '43 47 52 54-57 60-64 66-67 80 82 84 107 162 164 166 174 190 192 194 222 224 297 312',
    'Secret File Requested':
      '5 7 14 44 70 75 98 100-101 108 156 159 176 181 197 200 210 212 219 228 232 236 241-242 254 261 304 306',
    'Database Console Probe': '16-41',
    'VPN Gateway Probe': '3 10 42 58-59 65 69 97 115 173 179 220 256 301',
    'Device Exploit': '46 50 68 72 74 77 138 153 155 180 184 303 310',
    'Web Shell Requested': '126 128-130 144 149 151-152',
    'Attack Tool': '48 51 90 122 188 196 245',
    'No Target Available': '92-93 116-117 185',
    'Diagnostics Probe': '172',
    'Debugger Or Container API Probe': '198',
  },
  'vector/alb-internet-scans.log': {
    'ThinkPHP Remote Code': '1 10',
    'PHPUnit Remote Code': '11-12',
    'Diagnostics Probe': '2',
    'Debugger Or Container API Probe': '3',
    'Laravel Ignition Exploit': '4',
    'WordPress Probe': '5',
    'Administration From Outside': '6',
    'Autodiscover Probe': '7',
    'Request To Bare Address': '8',
    'Java Server Exploit': '9',
  },
};

/** Lines that AWS documentation shows, and copies of them in other projects: ordinary traffic. */
export const documentationFiles: readonly string[] = [
  'aws-docs/alb-access-33-fields.log',
  'aws-docs/alb-connection.log',
  'aws-docs/alb-health-check.log',
  'aws-docs/clb-access.log',
  'aws-docs/nlb-access.log',
  'cloud-gov-elb-log-ingestor/examples-from-docs.log',
  'otel-awslogsencoding/alb_al_valid_logs.log',
  'otel-awslogsencoding/clb_al_valid_logs.log',
  'otel-awslogsencoding/nlb_al_valid_logs.log',
  'vector-vrl/alb.log',
  'web-found/alb-2025-2026.log',
  'web-found/clb.log',
  'web-found/nlb.log',
];
