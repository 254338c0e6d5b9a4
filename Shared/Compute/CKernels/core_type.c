/* OpenBLAS takes this CPU for whatever OPENBLAS_CORETYPE names and computes with instructions that may not be there, the
 * first of which ends the process. A name that asks for more than this CPU has is taken out of the environment before the
 * library reads it, which it does before main. */
#if defined(__x86_64__) && defined(__linux__)
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <strings.h>

static bool is_one_of(const char *name, const char *const *names) {
  while (*names && strcasecmp(name, *names) != 0) names++;
  return *names != NULL;
}

static bool can_be_taken_for(const char *name) {
  static const char *const with_avx[] = {"Sandybridge", "Bulldozer", "Piledriver", "Steamroller", NULL};
  static const char *const with_avx2[] = {"Haswell", "Zen", "Excavator", NULL};
  static const char *const with_avx512[] = {"SkylakeX", "Cooperlake", "Sapphirerapids", NULL};
  bool avx = __builtin_cpu_supports("avx");
  bool avx2 = avx && __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  bool avx512 = avx2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq");
  if (is_one_of(name, with_avx512)) return avx512;
  if (is_one_of(name, with_avx2)) return avx2;
  return !is_one_of(name, with_avx) || avx;
}

static void check_core_type(int count, char **arguments, char **environment) {
  static const char name[] = "OPENBLAS_CORETYPE=";
  (void)count, (void)arguments;
  __builtin_cpu_init();
  char **kept = environment;
  for (; *environment; environment++)
    if (strncmp(*environment, name, sizeof name - 1) != 0 || can_be_taken_for(*environment + sizeof name - 1))
      *kept++ = *environment;
  *kept = NULL;
}

/* What an executable has here runs before the constructors of its libraries. */
__attribute__((section(".preinit_array"), used)) static void (*const first)(int, char **, char **) = check_core_type;
#endif
