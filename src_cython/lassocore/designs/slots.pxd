# Lives here: arithmetic on a row of eight slots as one vector. Independent of: what the numbers are.

# Compilers unroll a loop over eight slots into eight scalars before they recognise a vector. So a row of slots has a
# type of its own, made of as many vector registers as the instruction set needs. A single vector type of all eight
# would be passed through memory where registers are shorter.
cdef extern from *:
    """
    #if defined(__GNUC__)
      #if defined(__AVX512F__)
        #define LASSOCORE_WORD 64
      #elif defined(__AVX__)
        #define LASSOCORE_WORD 32
      #else
        #define LASSOCORE_WORD 16
      #endif
      typedef double lassocore_word __attribute__((vector_size(LASSOCORE_WORD)));
      typedef double lassocore_loose_word __attribute__((vector_size(LASSOCORE_WORD), aligned(8), may_alias));
      typedef float lassocore_loose_floats __attribute__((vector_size(LASSOCORE_WORD / 2), aligned(4), may_alias));
      #define LASSOCORE_ZERO ((lassocore_word){0})
      #if LASSOCORE_WORD == 32
        #include <immintrin.h>      /* compilers convert four floats as two pairs */
        #define LASSOCORE_DOUBLES(x) _mm256_cvtps_pd(_mm_loadu_ps(x))
      #else
        #define LASSOCORE_DOUBLES(x) __builtin_convertvector(*(const lassocore_loose_floats*)(x), lassocore_word)
      #endif
      #define LASSOCORE_INLINE static inline __attribute__((always_inline))
    #else
      #define LASSOCORE_WORD 8
      typedef double lassocore_word;
      typedef double lassocore_loose_word;
      #define LASSOCORE_ZERO 0.0
      #define LASSOCORE_DOUBLES(x) (*(x))
      #define LASSOCORE_INLINE static __inline
    #endif
    #define LASSOCORE_TILE (LASSOCORE_WORD / 8)
    #define LASSOCORE_CHAINS (LASSOCORE_WORD < 32 ? 1 : 2)
    typedef struct { lassocore_word part[64 / LASSOCORE_WORD]; } lassocore_slots;
    #define LASSOCORE_EACH(assignment) { int k; for (k = 0; k < 64 / LASSOCORE_WORD; k++) { assignment; } }

    LASSOCORE_INLINE lassocore_slots lassocore_no_slots(void) {
        lassocore_slots v; LASSOCORE_EACH(v.part[k] = LASSOCORE_ZERO) return v;
    }
    LASSOCORE_INLINE lassocore_slots lassocore_equal_slots(double a) {
        lassocore_slots v; LASSOCORE_EACH(v.part[k] = LASSOCORE_ZERO + a) return v;
    }
    LASSOCORE_INLINE lassocore_slots lassocore_load_slots(const double* x) {
        lassocore_slots v; LASSOCORE_EACH(v.part[k] = ((const lassocore_loose_word*)x)[k]) return v;
    }
    LASSOCORE_INLINE lassocore_slots lassocore_load_floats(const float* x) {
        lassocore_slots v; LASSOCORE_EACH(v.part[k] = LASSOCORE_DOUBLES(x + k * LASSOCORE_WORD / 8)) return v;
    }
    LASSOCORE_INLINE void lassocore_store_slots(double* x, lassocore_slots v) {
        LASSOCORE_EACH(((lassocore_loose_word*)x)[k] = v.part[k])
    }
    LASSOCORE_INLINE lassocore_slots lassocore_add_scaled(lassocore_slots v, double a, lassocore_slots w) {
        LASSOCORE_EACH(v.part[k] += a * w.part[k]) return v;
    }
    LASSOCORE_INLINE lassocore_slots lassocore_add_product(lassocore_slots v, lassocore_slots w, lassocore_slots z) {
        LASSOCORE_EACH(v.part[k] += w.part[k] * z.part[k]) return v;
    }
    LASSOCORE_INLINE lassocore_slots lassocore_add_slots(lassocore_slots v, lassocore_slots w) {
        LASSOCORE_EACH(v.part[k] += w.part[k]) return v;
    }
    LASSOCORE_INLINE double lassocore_sum_slots(lassocore_slots v) {
        double x[8];
        lassocore_store_slots(x, v);
        return ((x[0] + x[1]) + (x[2] + x[3])) + ((x[4] + x[5]) + (x[6] + x[7]));
    }
    """
    ctypedef struct Slots "lassocore_slots":
        pass
    enum:
        TILE "LASSOCORE_TILE"   # how many Slots are summed at a time: half of the registers hold the sums
        CHAINS "LASSOCORE_CHAINS"  # of three sums each that registers hold
    Slots no_slots "lassocore_no_slots"() noexcept nogil
    Slots equal_slots "lassocore_equal_slots"(double a) noexcept nogil
    Slots load_slots "lassocore_load_slots"(const double* x) noexcept nogil
    Slots load_floats "lassocore_load_floats"(const float* x) noexcept nogil
    void store_slots "lassocore_store_slots"(double* x, Slots v) noexcept nogil
    # v + a w
    Slots add_scaled "lassocore_add_scaled"(Slots v, double a, Slots w) noexcept nogil
    # v + w z, slot by slot
    Slots add_product "lassocore_add_product"(Slots v, Slots w, Slots z) noexcept nogil
    Slots add_slots "lassocore_add_slots"(Slots v, Slots w) noexcept nogil
    double sum_slots "lassocore_sum_slots"(Slots v) noexcept nogil
