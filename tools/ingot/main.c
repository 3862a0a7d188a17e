/* The program `ingot`: all of it is in libingot_compiler.so. */
int ingot_main(int argc, char **argv);

int main(int argc, char **argv) { return ingot_main(argc, argv); }
