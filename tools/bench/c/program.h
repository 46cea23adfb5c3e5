/* Other programs, started and waited for. */
#ifndef BENCH_PROGRAM_H
#define BENCH_PROGRAM_H

/* Runs a program and returns its exit status; `quiet` sends its output to /dev/null. */
int program_run(char **command, int quiet);

#endif
