/** Style sheets stand beside their components; the bundler gathers them into one file. */
declare module '*.css' {}
