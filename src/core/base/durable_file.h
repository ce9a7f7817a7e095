#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace amortflow {

/// Writes a whole file so that after a crash there is the old one or the new one: beside `path`, flushed to the disk,
/// then renamed. Throws StoreError.
void write_durably(const std::string& path, const std::vector<std::uint8_t>& bytes);

/// Throws StoreError if `path` cannot be read.
[[nodiscard]] std::vector<std::uint8_t> read_file(const std::string& path);

/// Bytes of `path`, or -1 where there is no such file.
[[nodiscard]] std::int64_t file_size(const std::string& path);

/// One writer at a time: an open file with an exclusive lock, given up at the latest when the process ends.
class LockedFile final {
 public:
  /// Throws StoreError if `path` cannot be opened or another process holds the lock.
  explicit LockedFile(const std::string& path);
  ~LockedFile();
  LockedFile(const LockedFile&) = delete;
  LockedFile& operator=(const LockedFile&) = delete;

  /// Cuts the file at `size`, appends `text` and flushes to the disk. Throws StoreError.
  void replace_tail(std::int64_t size, const std::string& text);

 private:
  std::string path_;
  int file_;
};

}  // namespace amortflow
