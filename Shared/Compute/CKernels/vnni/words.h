#if defined(__x86_64__)
/* Sixteen words of four bytes, with the dot products of VNNI. */
VECTOR words words_dot(words sum, words weights, words inputs) { return _mm512_dpbusd_epi32(sum, weights, inputs); }
#endif
