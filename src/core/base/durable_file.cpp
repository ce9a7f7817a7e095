#include "base/durable_file.h"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <unistd.h>

#include <sys/file.h>
#include <sys/stat.h>

#include "base/store_error.h"

namespace amortflow {

namespace {

[[noreturn]] void cannot_be(const std::string& path, const std::string& what) {
  throw StoreError("`" + path + "` cannot be " + what + ": " + std::strerror(errno),
                   "Is there room on the disk, and may you read and write there?");
}

bool write_all(int file, const std::uint8_t* bytes, std::size_t size) {
  while (size > 0) {
    const ssize_t written = ::write(file, bytes, size);
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return false;
    bytes += written;
    size -= static_cast<std::size_t>(written);
  }
  return true;
}

/// A rename is on the disk once its folder is. Not every file system can do this: then there is no more to be done.
void flush_folder_of(const std::string& path) {
  const auto slash = path.rfind('/');
  const std::string folder = slash == std::string::npos ? "." : path.substr(0, slash + 1);
  const int file = ::open(folder.c_str(), O_RDONLY);
  if (file < 0) return;
  static_cast<void>(::fsync(file));
  ::close(file);
}

}  // namespace

void write_durably(const std::string& path, const std::vector<std::uint8_t>& bytes) {
  const std::string unfinished = path + ".tmp";
  const int file = ::open(unfinished.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0666);
  if (file < 0) cannot_be(unfinished, "written");
  int reason = write_all(file, bytes.data(), bytes.size()) && ::fsync(file) == 0 ? 0 : errno;
  if (::close(file) != 0 && reason == 0) reason = errno;
  if (reason == 0 && std::rename(unfinished.c_str(), path.c_str()) != 0) reason = errno;
  if (reason == 0) return flush_folder_of(path);
  std::remove(unfinished.c_str());
  errno = reason;
  cannot_be(path, "written");
}

std::vector<std::uint8_t> read_file(const std::string& path) {
  const int file = ::open(path.c_str(), O_RDONLY);
  if (file < 0) cannot_be(path, "read");
  const std::int64_t size = file_size(path);
  std::vector<std::uint8_t> bytes(static_cast<std::size_t>(size < 0 ? 0 : size));
  std::size_t done = 0;
  while (done < bytes.size()) {
    const ssize_t got = ::read(file, bytes.data() + done, bytes.size() - done);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) {
      ::close(file);
      cannot_be(path, "read");
    }
    if (got == 0) break;
    done += static_cast<std::size_t>(got);
  }
  ::close(file);
  bytes.resize(done);
  return bytes;
}

std::int64_t file_size(const std::string& path) {
  struct stat about {};
  return ::stat(path.c_str(), &about) == 0 ? static_cast<std::int64_t>(about.st_size) : -1;
}

LockedFile::LockedFile(const std::string& path) : path_(path), file_(::open(path.c_str(), O_RDWR)) {
  if (file_ < 0) cannot_be(path, "written");
  if (::flock(file_, LOCK_EX | LOCK_NB) == 0) return;
  ::close(file_);
  throw StoreError("Another process is writing to `" + path + "`", "Wait for it, or give it a store of its own.");
}

LockedFile::~LockedFile() { ::close(file_); }

void LockedFile::replace_tail(std::int64_t size, const std::string& text) {
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(text.data());
  const bool fine = ::ftruncate(file_, static_cast<off_t>(size)) == 0 && ::lseek(file_, 0, SEEK_END) >= 0 &&
                    write_all(file_, bytes, text.size()) && ::fsync(file_) == 0;
  if (!fine) cannot_be(path_, "written");
}

}  // namespace amortflow
